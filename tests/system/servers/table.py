"""The table of servers with one defect each."""

from tests.system.servers import applications, layouts, listings, no_site, refusals, transport
from tests.system.servers.row import Row

ROWS: dict[str, Row] = {
    row.name: row for module in (no_site, refusals, listings, transport, layouts, applications) for row in module.ROWS
}
