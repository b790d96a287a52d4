# Helpers shared by every folder: one library a folder, one executable a test, the same warnings everywhere.

add_library(gatehouse_options INTERFACE)
target_include_directories(gatehouse_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gatehouse_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
# g++ 12 warns about std::string's own code when it is inlined (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(gatehouse_options INTERFACE -Wno-restrict)
endif()
target_compile_definitions(gatehouse_options INTERFACE
    GATEHOUSE_VERSION="${PROJECT_VERSION}"
    SPDLOG_FMT_EXTERNAL
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS)
if(GATEHOUSE_SANITIZE)
    target_compile_options(gatehouse_options INTERFACE
        -fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(gatehouse_options INTERFACE -fsanitize=${GATEHOUSE_SANITIZE})
    # Instrumented code makes g++ 12 suspect the standard library of uninitialised reads.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(gatehouse_options INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()

# gatehouse_library(NAME SOURCES a.cpp ... [DEPS lib ...] [QT])  QT turns moc on.
function(gatehouse_library name)
    cmake_parse_arguments(ARG "QT" "" "SOURCES;DEPS" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC gatehouse_options ${ARG_DEPS})
    if(ARG_QT)
        set_target_properties(${name} PROPERTIES AUTOMOC ON)
    endif()
endfunction()

# gatehouse_test(NAME SOURCES a.cpp ... [DEPS lib ...] [LABELS x ...] [ENVIRONMENT A=b ...] [TIMEOUT seconds])
# A Qt Test executable that CTest runs offscreen in its own scratch folder. With the label gui there is a second test,
# NAME_window, that shows real windows; it is skipped where there is no display.
function(gatehouse_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS;ENVIRONMENT" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_link_libraries(${name} PRIVATE gatehouse_options Qt6::Test ${ARG_DEPS})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    set(scratch ${CMAKE_CURRENT_BINARY_DIR}/scratch/${name})
    file(MAKE_DIRECTORY ${scratch})
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${scratch})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${ARG_TIMEOUT}
        LABELS "${ARG_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;${ARG_ENVIRONMENT}")
    if("gui" IN_LIST ARG_LABELS)
        file(MAKE_DIRECTORY ${scratch}_window)
        add_test(NAME ${name}_window WORKING_DIRECTORY ${scratch}_window
            COMMAND sh -c "test -n \"$DISPLAY\" || { echo Skipped: DISPLAY is not set; exit 77; }; exec \"$0\""
                $<TARGET_FILE:${name}>)
        # Windows on one display take the keyboard from each other, so one test at a time.
        set_tests_properties(${name}_window PROPERTIES
            TIMEOUT ${ARG_TIMEOUT}
            LABELS "${ARG_LABELS}"
            ENVIRONMENT "QT_QPA_PLATFORM=xcb;${ARG_ENVIRONMENT}"
            SKIP_RETURN_CODE 77
            RESOURCE_LOCK display)
    endif()
endfunction()
