#include "app/user_name.h"

#include <pwd.h>
#include <unistd.h>

namespace app {

std::string userName() {
    const passwd* entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::getuid());
}

} // namespace app
