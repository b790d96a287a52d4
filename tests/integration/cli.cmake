# The built gatehousectl, from outside.
foreach(name cli cli_serve cli_access)
    gatehouse_test(test_${name} SOURCES ${name}_test.cpp
        DEPS gatehouse_test_support LABELS integration TIMEOUT 300)
    add_dependencies(test_${name} gatehousectl)
endforeach()
gatehouse_test(test_cli_demo SOURCES cli_demo_test.cpp
    DEPS gatehouse_app gatehouse_test_support LABELS integration TIMEOUT 300)
gatehouse_test(test_cli_token SOURCES cli_token_test.cpp
    DEPS gatehouse_test_support gatehouse_test_tokens Qt6::Network LABELS integration TIMEOUT 300)
add_dependencies(test_cli_token gatehousectl)
# What reports say against what requests meet.
gatehouse_test(test_access_report SOURCES access_report_test.cpp
    DEPS gatehouse_test_gateway gatehouse_test_support gatehouse_test_tokens gateway_service
    LABELS integration TIMEOUT 300)
