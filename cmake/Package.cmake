# What `cmake --install` adds to libraries and headers: a package that find_package(woodbury CONFIG) finds.
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/woodbury")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/woodburyConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/package/woodburyConfig.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/woodburyConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/woodburyConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/woodburyConfigVersion.cmake" DESTINATION "${package_folder}")
install(EXPORT woodbury NAMESPACE woodbury:: FILE woodburyTargets.cmake DESTINATION "${package_folder}")
