# The installed package as its user meets it. Needs everything built.
set(folder "${BUILD}/package/test")
file(REMOVE_RECURSE "${folder}")

function(run result)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${status}\n${output}")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

function(expect text)
  foreach(pattern IN LISTS ARGN)
    if(NOT text MATCHES "${pattern}")
      message(FATAL_ERROR "no match of ${pattern} in\n${text}")
    endif()
  endforeach()
endfunction()

run(ignored "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${folder}/prefix")
# Moved, to see that it does not remember where it was.
file(RENAME "${folder}/prefix" "${folder}/elsewhere")
run(ignored "${CMAKE_COMMAND}" -S "${SOURCE}/examples" -B "${folder}/build" -D CMAKE_PREFIX_PATH=${folder}/elsewhere
    -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -D CMAKE_BUILD_TYPE=Release)
file(STRINGS "${folder}/build/CMakeCache.txt" found REGEX "woodbury_DIR")
expect("${found}" "package/test/elsewhere/")
run(ignored "${CMAKE_COMMAND}" --build "${folder}/build")

# The banana: E x = 0, sd x = 1, E y = 0, sd y = √(2 + 1) = 1.73, within some four Monte Carlo standard errors; those of
# y's sd are 0.1, its square having heavy tails.
run(output "${folder}/build/own_density")
expect("${output}" "x: mean +-?0\\.[01][0-9]+, sd (0\\.9|1\\.0)" "y: mean +-?0\\.[012][0-9]+, sd (1\\.[4-9]|2\\.0)"
       "R-hat 1\\.0[0-2]")

# The barley trial, as the program's own summary has it.
set(formula "yield ~ (1 | site) + (1 | variety)")
set(table "${SOURCE}/tests/data/barley.csv")
run(output "${folder}/build/fit_formula" "${formula}" "${table}")
run(program "${folder}/elsewhere/bin/woodbury" fit "${formula}" --data "${table}" --seed 1)
string(REGEX MATCH "Population-Level Effects:.*Family Specific Parameters:[^\n]*\n[^\n]*\n[^\n]*" ours "${output}")
string(REGEX MATCH "Population-Level Effects:.*Family Specific Parameters:[^\n]*\n[^\n]*\n[^\n]*" theirs "${program}")
if(ours STREQUAL "" OR NOT ours STREQUAL theirs)
  message(FATAL_ERROR "library:\n${ours}\nprogram:\n${theirs}")
endif()

run(output "${folder}/build/build_model" "${table}")
expect("${output}" "yield ~ normal\\(mean \\+ drift \\* \\(year - 1931\\)" "integrated: site, fixed"
       "log p\\(y \\| tau 10, sigma 6, spread 0\\) = -415\\.6037")
