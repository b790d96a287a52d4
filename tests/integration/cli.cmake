# The built gatehousectl, from outside.
foreach(name cli cli_serve)
    gatehouse_test(test_${name} SOURCES ${name}_test.cpp
        DEPS gatehouse_test_support LABELS integration TIMEOUT 300)
    add_dependencies(test_${name} gatehousectl)
endforeach()
gatehouse_test(test_cli_demo SOURCES cli_demo_test.cpp
    DEPS gatehouse_app gatehouse_test_support LABELS integration TIMEOUT 300)
