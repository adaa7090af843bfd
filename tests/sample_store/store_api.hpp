#pragma once
// The store's API proper: one request in, one answer out, without a network. Checks the hash, the token, the quota and
// the scope in this order, then answers from the tables.

#include "tests/sample_store/described_rows.hpp"
#include "tests/sample_store/list_query.hpp"
#include "tests/sample_store/quota.hpp"
#include "tests/sample_store/replies.hpp"
#include "tests/sample_store/store_data.hpp"

#include <cstdint>
#include <string>

namespace sluice::sample_store {

class StoreApi {
 public:
  /// All must outlive it; the options may change between requests.
  StoreApi(StoreData& data, const DescribedRows& described, const SampleStoreOptions& options)
      : data_(data), described_(described), options_(options) {}

  HttpResponse answer(const HttpRequest& request, Time now);

 private:
  HttpResponse route(const HttpRequest& request, Time now);
  HttpResponse answer_within(std::string_view path, const Query& query, Time now);
  HttpResponse answer_list(const ListRule& rule, const Query& query, Time now);
  HttpResponse answer_order(std::string_view id, const Query& query, Time now);
  HttpResponse answer_line_items(std::string_view id, const Query& query, Time now);
  HttpResponse answer_order_counts(const Query& query, Time now);
  HttpResponse answer_described_path(std::string_view path, const Query& query, Time now);
  bool has_scope(std::string_view scope) const;
  HttpResponse missing_scope(Version version) const;

  StoreData& data_;
  const DescribedRows& described_;
  const SampleStoreOptions& options_;
  Quota quota_;
  std::uint64_t served_ = 0;
};

}  // namespace sluice::sample_store
