#include "sim/measure/commit_log.hpp"

namespace twinvoice::measure {
namespace {

std::vector<std::byte> packed_facts(const std::vector<CommitFact>& facts) {
  wire::Writer out;
  serialize(out, facts);
  return {out.bytes().begin(), out.bytes().end()};  // no larger than what is in it
}

std::vector<CommitFact> unpacked_facts(const std::vector<std::byte>& packed) {
  wire::Reader in(packed);
  return deserialize_commits(in);
}

}  // namespace

void CommitLog::pack(Block& block) {
  block.packed = packed_facts(block.facts);
  std::vector<CommitFact>().swap(block.facts);
}

void CommitLog::push_back(const CommitFact& commit) {
  if (size_ % kBlock == 0) {
    blocks_.emplace_back();
    blocks_.back().facts.reserve(kBlock);
    // The block that has become old; one that is being looked at is packed when another one is.
    if (blocks_.size() > kOpenBlocks) {
      const std::size_t old = blocks_.size() - kOpenBlocks - 1;
      if (unpacked_ != kNone) pack(blocks_[unpacked_]);
      unpacked_ = old;
    }
  }
  block_of(size_).push_back(commit);
  ++size_;
}

std::vector<CommitFact>& CommitLog::block_of(std::size_t i) const {
  const std::size_t b = i / kBlock;
  Block& block = blocks_[b];
  if (!block.packed.empty()) {
    if (unpacked_ != kNone) pack(blocks_[unpacked_]);
    block.facts = unpacked_facts(block.packed);
    std::vector<std::byte>().swap(block.packed);
    unpacked_ = b;
  }
  return block.facts;
}

void CommitLog::returned(std::size_t i, Nanos at_ns) {
  Nanos& returned_ns = block_of(i)[i % kBlock].returned_ns;
  if (returned_ns == kNever) returned_ns = at_ns;
}

std::vector<CommitFact> CommitLog::all() const {
  std::vector<CommitFact> list;
  list.reserve(size_);
  for (const Block& block : blocks_) {
    const std::vector<CommitFact> facts = block.packed.empty() ? block.facts : unpacked_facts(block.packed);
    list.insert(list.end(), facts.begin(), facts.end());
  }
  return list;
}

void CommitLog::serialize(wire::Writer& out) const {
  out.u64(blocks_.size());
  for (const Block& block : blocks_) {
    const std::vector<std::byte> bytes = block.packed.empty() ? packed_facts(block.facts) : block.packed;
    out.u64(bytes.size());
    for (const std::byte byte : bytes) out.u8(static_cast<std::uint8_t>(byte));
  }
}

CommitLog CommitLog::deserialize(wire::Reader& in) {
  CommitLog log;
  const std::size_t blocks = in.count(8);
  for (std::size_t b = 0; b < blocks; ++b) {
    Block block;
    block.packed.resize(in.count(1));
    for (std::byte& byte : block.packed) byte = static_cast<std::byte>(in.u8());
    wire::Reader packed(block.packed);
    const std::size_t facts = deserialize_commits(packed).size();
    const bool full = facts == kBlock || (b + 1 == blocks && facts > 0 && facts < kBlock);
    if (!full || packed.remaining() > 0) throw wire::Malformed("record: a block of commits of another size");
    log.size_ += facts;
    log.blocks_.push_back(std::move(block));
  }
  return log;
}

}  // namespace twinvoice::measure
