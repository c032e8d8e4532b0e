# cmake -D INPUT=… -D OUTPUT=… -D NAME=… -D LAYER=… -P Embed.cmake: a file as a C++ array of bytes.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include <string_view>
namespace woodbury::${LAYER}::assets {
namespace {
const unsigned char bytes[] = {
${bytes}
};
}  // namespace
extern const std::string_view ${NAME};
const std::string_view ${NAME}(reinterpret_cast<const char*>(bytes), sizeof bytes);
}  // namespace woodbury::${LAYER}::assets
")
