import { awscli } from "./awscli.js";
import { secretsManagerCases } from "./cases.js";

secretsManagerCases(awscli);
