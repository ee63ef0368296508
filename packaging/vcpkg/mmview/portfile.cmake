# Untried, see packaging/README.md.
vcpkg_from_github(
  OUT_SOURCE_PATH SOURCE_PATH
  REPO example/mmview
  REF "v${VERSION}"
  SHA512 0
  HEAD_REF main)

string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "dynamic" SHARED)
vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES tools MMV_TOOLS)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DMMV_SHARED=${SHARED}
    -DMMV_INSTALL=ON
    -DMMV_OPENMP=OFF
    -DMMV_URING=OFF
    -DMMV_MPI=OFF
    -DMMV_MAN=OFF
    -DMMV_TESTS=OFF
    -DMMV_EXAMPLES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/mmview)
vcpkg_fixup_pkgconfig()
vcpkg_copy_pdbs()

if("tools" IN_LIST FEATURES)
  set(tools mmbright mmdiff mmdump mmgen mmipc mmrec mmshard mmstat)
  # Built where libpng was found.
  if(EXISTS "${CURRENT_PACKAGES_DIR}/bin/mmpng${VCPKG_TARGET_EXECUTABLE_SUFFIX}")
    list(APPEND tools mmpng)
  endif()
  vcpkg_copy_tools(TOOL_NAMES ${tools} AUTO_CLEAN)
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share" "${CURRENT_PACKAGES_DIR}/lib/python3"
                    "${CURRENT_PACKAGES_DIR}/debug/lib/python3")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
