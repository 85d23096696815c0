import type { Subject } from "../../services/testing/index.js";
import acme from "./acme.js";
import { FakeAcme } from "./acme-fake.js";

export const subject: Subject = {
  provider: acme,
  vendor: (lent) => new FakeAcme(lent),
  slowest: { settleSeconds: 5, deathSeconds: 30 },
  narrow: { config: { scopes: [] } },
  paging: { keys: 5, settings: { pageSize: 2 } },
};
