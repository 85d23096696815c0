import { randomBytes } from "node:crypto";
import { checksum } from "../checksum.js";

/** Letters and digits, random. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) text += randomBytes(length).toString("base64").replace(/[+/=]/g, "");
  return text.slice(0, length);
}

/** Prefix, 30 random characters, and their checksum in 6: GitHub's format of 40 characters. */
export function classicText(prefix: "ghp_" | "ghs_"): string {
  const text = randomText(30);
  return `${prefix}${text}${checksum(text)}`;
}
