import { createHash } from "node:crypto";
import type { Kept } from "./queue.js";

/** SDKs compare it with what they sent or got. */
export const md5Of = (text: string) => createHash("md5").update(text).digest("hex");

/** What SQS itself says of a message it hands out. */
export const systemAttributesOf = ({ receives, sentAt, firstReceivedAt }: Kept) => ({
  ApproximateReceiveCount: String(receives),
  SentTimestamp: String(sentAt),
  SenderId: "sandbox",
  ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
});
