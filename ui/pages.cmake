# Models, editors and pages of the configuration.
target_sources(gatehouse_ui PRIVATE
    editors/chips_editor.cpp
    editors/entity_forms.cpp
    editors/form.cpp
    editors/form_binder.cpp
    editors/history_view.cpp
    editors/input_text.cpp
    editors/json_diff.cpp
    editors/rows_editor.cpp
    editors/sentences.cpp
    models/consumer_table_models.cpp
    models/history_table_models.cpp
    models/indexed_table_model.cpp
    models/route_table_model.cpp
    models/service_table_models.cpp
    models/table_memory.cpp
    models/table_text.cpp
    models/traffic_window.cpp
    pages/entity_editing.cpp
    pages/entity_page.cpp
    pages/routes_editor.cpp
    pages/routes_import.cpp
    pages/routes_page.cpp
    pages/routes_tester.cpp
    pages/services_page.cpp
    pages/tiers_page.cpp)
