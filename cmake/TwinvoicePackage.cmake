# `cmake --install` and the Debian package (`make package`).

include(GNUInstallDirs)

if(TARGET twinvoice)
  install(TARGETS twinvoice RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
foreach(folder IN ITEMS topologies experiments)
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}")
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${CMAKE_INSTALL_DATADIR}/twinvoice")
  endif()
endforeach()
if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/docs")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
foreach(page IN ITEMS README.md README.zh-CN.md ARCHITECTURE.md CHANGELOG.md LICENSE)
  if(EXISTS "${PROJECT_SOURCE_DIR}/${page}")
    install(FILES "${PROJECT_SOURCE_DIR}/${page}" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME twinvoice)
set(CPACK_PACKAGE_VENDOR "Twinvoice")
set(CPACK_PACKAGE_CONTACT "Twinvoice maintainers <maintainers@twinvoice.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "${PROJECT_DESCRIPTION}
 Tells what happens to invoices, recovery time, lost data and availability of an
 architecture written in JSON, before anyone touches production.")
include(CPack)
