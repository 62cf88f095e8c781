# External libraries, all from Debian (packaging/dependencies.txt lists the packages). Each is linked only by the rooms
# that cmake/layering.txt names.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(simgrid REQUIRED IMPORTED_TARGET simgrid>=3.32)
find_package(Boost 1.74 REQUIRED CONFIG COMPONENTS headers)
find_package(Eigen3 3.4 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

find_path(TWINVOICE_RANDOM123_DIR Random123/philox.h REQUIRED)
