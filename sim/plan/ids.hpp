// The index types of the Plan: one per flat array.
#pragma once

#include "sim/base/ids.hpp"

namespace twinvoice::plan {

using LocationId = Id<struct LocationTag>;
using LinkId = Id<struct LinkTag>;
using ComponentId = Id<struct ComponentTag>;
using InstanceId = Id<struct InstanceTag>;
using ProgramId = Id<struct ProgramTag>;
using CallSiteId = Id<struct CallSiteTag>;
using StationId = Id<struct StationTag>;
using PoolId = Id<struct PoolTag>;
using CellId = Id<struct CellTag>;
using GateId = Id<struct GateTag>;
using LogId = Id<struct LogTag>;
using LawId = Id<struct LawTag>;
using OperationId = Id<struct OperationTag>;
using SourceId = Id<struct SourceTag>;
using FaultId = Id<struct FaultTag>;
using ProcedureId = Id<struct ProcedureTag>;

}  // namespace twinvoice::plan
