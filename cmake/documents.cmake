# Run when the documents are installed: cmake -Dsource=DIR -Dfolder=DIR -Dinclude=PATH -Dawk=AWK -P documents.cmake
# Writes each page into the folder with links that lead somewhere there, see docs/man/links.awk.
file(GLOB_RECURSE pages RELATIVE ${source} ${source}/docs/*.md ${source}/examples/*.md)
foreach(page IN LISTS pages ITEMS README.md NEWS.md SECURITY.md)
  execute_process(COMMAND ${awk} -v page=${page} -v include=${include} -f ${source}/docs/man/links.awk ${source}/${page}
    OUTPUT_FILE ${folder}/${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
