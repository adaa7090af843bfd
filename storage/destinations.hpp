#pragma once
// Destinations (where to load) in the control database. The data plane is storage/destination/.

#include "storage/database.hpp"
#include "storage/integrations.hpp"
#include "storage/model.hpp"
#include "storage/secrets.hpp"

namespace sluice {

/// Whatever takes an id throws Error{missing, "destination.unknown"} when there is none.
class Destinations {
 public:
  Destinations(Database& database, const SecretBox& box);
  /// The same over another database, for a rehearsal.
  Destinations on(Database& other) const { return {other, box_}; }

  /// Error{conflict, "destination.name_taken"}.
  /// `reference`: where the password came from; null when somebody sent it itself.
  DestinationRecord create(const std::string& name, const Json& parameters, const Secret& password,
                           const Json& reference = nullptr);
  /// The daemon's own cluster under the name "embedded"; made once, at start.
  DestinationRecord ensure_embedded();
  std::optional<DestinationRecord> find(const std::string& id_or_name);
  Listing<DestinationRecord> list(const PageRequest& page);
  /// The embedded one cannot be changed or removed: Error{conflict, "destination.embedded"}.
  DestinationRecord change(const DestinationId& id, const Json& parameters, const std::optional<Secret>& password,
                           ExpectedGeneration expected, const Json& reference = nullptr);
  /// Error{conflict, "destination.in_use"} naming the integrations.
  void remove(const DestinationId& id, ExpectedGeneration expected);
  Secret password(const DestinationId& id);
  Json password_reference(const DestinationId& id);

 private:
  Database& database_;
  const SecretBox& box_;
};

}  // namespace sluice
