#include "api/views/views.hpp"
#include "core/time.hpp"

namespace sluice::api {

Json show_destination(const DestinationRecord& record) {
  return {{"id", record.id.str()},
          {"name", record.name},
          {"kind", record.kind},
          {"embedded", record.embedded},
          {"parameters", record.parameters.is_null() ? Json::object() : record.parameters},
          {"has_password", record.has_password},
          {"created_at", format_rfc3339(record.created_at)},
          {"updated_at", format_rfc3339(record.updated_at)}};
}

Json show_check(const DestinationCheck& check) {
  return {{"server_version", check.server_version},
          {"database", check.database},
          {"user", check.user},
          {"can_create", check.can_create},
          {"warnings", check.warnings}};
}

}  // namespace sluice::api
