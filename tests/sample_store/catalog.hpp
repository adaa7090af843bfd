#pragma once
// The goods as V3's catalog shows them: products with their sub-resources, variants, brands and categories, and price
// lists.

#include "tests/sample_store/shop.hpp"

#include <vector>

namespace sluice::sample_store {

Record render_product(const Shop& shop, const Goods& goods, Seconds created, Seconds modified);
/// Every product has at least one; goods in sizes have three. Their ids depend on the product's alone.
std::vector<Record> render_variants(const Shop& shop, const Goods& goods);
Record render_brand(std::int64_t id);
Record render_category(std::uint64_t seed, std::int64_t id);
Record render_price_list(std::uint64_t seed, std::int64_t id, Seconds created, Seconds modified);

constexpr std::int64_t first_brand_id = 35;
constexpr std::int64_t first_category_id = 12;
constexpr std::int64_t category_count = 24;

}  // namespace sluice::sample_store
