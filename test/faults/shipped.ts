import { builtin } from "../../providers/index.js";
import { createHandler } from "../../services/rotation/handler.js";
import type { Product } from "./world.js";

/** The code as it is. */
export const shipped: Product = { createHandler, builtin };
