#pragma once
// Customers and subscribers of V3, and what V2 keeps about marketing and the store itself: coupons, banners,
// currencies, the store's own record.

#include "tests/sample_store/shop.hpp"

namespace sluice::sample_store {

Record render_customer(const Shop& shop, const Person& person, Seconds created, Seconds modified);
Record render_subscriber(const Shop& shop, std::int64_t id, Seconds created, Seconds modified);
Record render_coupon(std::uint64_t seed, std::int64_t id, Seconds created);
Record render_banner(std::uint64_t seed, std::int64_t id, Seconds created);
Record render_currency(std::int64_t id);
Record render_store(const Shop& shop, std::string_view plan);

constexpr std::int64_t currency_count = 4;
constexpr std::int64_t segment_count = 4;

}  // namespace sluice::sample_store
