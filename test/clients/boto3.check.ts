import { boto3 } from "./boto3.js";
import { secretsManagerCases } from "./cases.js";

secretsManagerCases(boto3);
