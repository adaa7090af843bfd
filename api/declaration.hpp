#pragma once
// The declarative document of POST /v1/apply and GET /v1/export: destinations and integrations as they should be.
// Everything here is pure.

#include "api/api.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::api {

/// A member that holds a reference in the place of a secret, by its pointer in the document.
struct ReferencePlace {
  std::string pointer;
  Json reference;
};

struct DeclaredDestination {
  std::string pointer;  // "/destinations/0"
  std::string name;
  Json parameters;
  /// Outer none: the document says nothing; inner none: there is none.
  std::optional<std::optional<Secret>> password = {};
  Json reference = nullptr;  // of the password
};

struct DeclaredTarget {
  std::string destination;
  std::string schema;
};

/// Members that the document leaves out stay as they are, or are what creation takes for them.
struct DeclaredIntegration {
  std::string pointer;
  std::string name;
  std::string connector;
  std::optional<Frequency> frequency = {};
  std::optional<QuietHours> quiet_hours = {};
  std::optional<std::optional<Time>> start_date = {};
  std::optional<NewFieldPolicy> on_new_fields = {};
  Json selection = nullptr;  // of the shape "selection", or null
  std::optional<DeclaredTarget> target = {};
  std::optional<bool> paused = {};
  bool confirmed = true;
  Json reference = nullptr;                 // the credentials with references; null when a secret was written out
  std::optional<Credentials> parsed = {};   // secrets in place
  std::optional<Json> facts_of_login = {};  // when they had to be tried
};

struct Declaration {
  std::vector<DeclaredDestination> destinations;
  std::vector<DeclaredIntegration> integrations;
};

/// Every reference of a body that fits the shape "declaration".
std::vector<ReferencePlace> references_in(const Json& body);

/// By pointer, what the references hold.
using ReadSecrets = std::map<std::string, Secret>;

/// Adds problems: references where no secret belongs, bad credentials.
Declaration read_declaration(const Json& body, const ReadSecrets& secrets, const Connectors& connectors,
                             std::vector<Problem>& problems);

/// What there is, as the document says it.
struct ExportedIntegration {
  Integration integration;
  std::string destination;  // its name; "" for none
  Json reference;           // of the credentials
};
Json show_declared(const DestinationRecord& record, const Json& password_reference);
Json show_declared(const ExportedIntegration& exported, const Catalogue& catalogue);

}  // namespace sluice::api
