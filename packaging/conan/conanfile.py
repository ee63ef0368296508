# SPDX-License-Identifier: MIT
"""Conan 2. Untried, see packaging/README.md."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, rmdir

# What is built, beside what the options say.
FIXED = {
    "MMV_INSTALL": True,
    "MMV_OPENMP": False,
    "MMV_URING": False,
    "MMV_MPI": False,
    "MMV_MAN": False,
    "MMV_TESTS": False,
    "MMV_EXAMPLES": False,
}


class MmviewConan(ConanFile):
    name = "mmview"
    version = "0.1.0"
    license = "MIT"
    homepage = "https://example.org/mmview"
    description = "Sliding views over files larger than memory, and the tools on them"
    topics = ("mmap", "memory-mapped", "images", "large-files")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "tools": [True, False]}
    default_options = {"shared": False, "tools": False}

    def configure(self):
        # C alone.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("xxhash/0.8.2")
        if self.options.tools:
            self.requires("libpng/1.6.43")
            self.requires("zstd/1.5.5")

    def validate(self):
        if self.settings.os not in ("Linux", "Windows"):
            raise ConanInvalidConfiguration("mmview is for Linux and Windows")
        if self.settings.compiler not in ("gcc", "clang"):
            raise ConanInvalidConfiguration("mmview is built by gcc or clang")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for name, value in FIXED.items():
            toolchain.cache_variables[name] = value
        toolchain.cache_variables["MMV_SHARED"] = bool(self.options.shared)
        toolchain.cache_variables["MMV_TOOLS"] = bool(self.options.tools)
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        for folder in ("lib/cmake", "lib/pkgconfig", "lib/python3", "share"):
            rmdir(self, os.path.join(self.package_folder, folder))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "mmview")
        engine = self.cpp_info.components["mmview"]
        engine.set_property("cmake_target_name", "mmview::mmview")
        engine.set_property("pkg_config_name", "mmview")
        engine.libs = ["mmview"]
        engine.requires = ["xxhash::xxhash"]
        image = self.cpp_info.components["mmimage"]
        image.set_property("cmake_target_name", "mmview::image")
        image.set_property("pkg_config_name", "mmimage")
        image.libs = ["mmimage"]
        image.requires = ["mmview"]
        if self.settings.os == "Windows":
            engine.system_libs = ["advapi32", "bcrypt", "ntdll"]
        else:
            engine.system_libs = ["pthread", "m"]
        if self.options.tools:
            # Linked into commands alone.
            self.cpp_info.components["tools"].requires = ["libpng::libpng", "zstd::zstd"]
