# headers.cmake - each public header compiles alone and twice in one file, as C17 and as C++17, without a warning.
file(GLOB headers RELATIVE ${INCLUDE} ${INCLUDE}/mmview/*.h)
file(MAKE_DIRECTORY ${WORK})
list(LENGTH headers count)
if(count LESS 9)
  message(FATAL_ERROR "only ${count} headers below ${INCLUDE}")
endif()

function(compile compiler language standard header)
  string(MAKE_C_IDENTIFIER "${header}" name)
  file(WRITE ${WORK}/${name}.c "#include <${header}>\n#include <${header}>\ntypedef int used_${name};\n")
  execute_process(
    COMMAND ${compiler} -x ${language} -std=${standard} -fsyntax-only -Wall -Wextra -Wshadow -Wundef -pedantic -Werror
            -I${INCLUDE} ${WORK}/${name}.c
    RESULT_VARIABLE failed ERROR_VARIABLE messages)
  if(failed)
    message(SEND_ERROR "${header} does not compile alone as ${language}:\n${messages}")
  endif()
endfunction()

foreach(header IN LISTS headers)
  compile(${CC} c c17 ${header})
  if(CXX)
    compile(${CXX} c++ c++17 ${header})
  endif()
endforeach()
if(NOT CXX)
  message("SKIPPED: no C++ compiler; ${count} headers are good C")
endif()
message(STATUS "${count} headers")
