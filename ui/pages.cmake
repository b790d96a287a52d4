# Models, editors and pages of the configuration.
target_sources(gatehouse_ui PRIVATE
    editors/entity_forms.cpp
    editors/form.cpp
    editors/input_text.cpp
    editors/json_diff.cpp
    editors/sentences.cpp
    models/consumer_table_models.cpp
    models/history_table_models.cpp
    models/indexed_table_model.cpp
    models/route_table_model.cpp
    models/service_table_models.cpp
    models/table_memory.cpp
    models/table_text.cpp
    models/traffic_window.cpp)
