import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { IncomingMessage, ServerResponse } from "node:http";
import { Secret } from "../../providers/kit/secret.js";
import { forget, hold, holdWords, keyShape, stringsOf } from "./known.js";
import { letOut } from "./outgoing.js";
import { partOf, watch } from "./watch.js";

/** How Secrets Manager's requests, answers and events call what is secret. */
const secretFields = /"(SecretString|SecretBinary|RotationToken|RandomPassword)" *: *("(?:[^"\\]|\\.)*")/g;

/** Forgets what an earlier file held; what stands in every answer is not made anew. */
export function holdAnew(): void {
  forget();
  hold("a header of an answer", planted);
}

/** In a header of every answer: whatever is made of an answer, an SDK's error too, has it. */
const planted = `canary-${randomBytes(18).toString("hex")}`;

/** From now on every secret that this process comes to hold is known: whatever is revealed, sent or received. */
export function watchIncoming(): void {
  watch(Secret.prototype, "reveal", (_given, value) => hold("what a Secret holds", String(value)));
  subscribe("http.server.request.start", (message) => {
    const [request, response] = [partOf(message, "request"), partOf(message, "response")];
    if (!(request instanceof IncomingMessage && response instanceof ServerResponse)) return;
    response.setHeader("x-canary", planted);
    const { url = "", headers } = request;
    letOut("a URL", url);
    const [, credential = ""] = /^(?:bearer|token|basic) +(.+)$/i.exec(headers.authorization ?? "") ?? [];
    hold("a header authorization", credential);
    const bodyOf = (what: string, chunks: readonly Uint8Array[]) => {
      const body = Buffer.concat(chunks).toString();
      for (const [, field = "", text = ""] of body.matchAll(secretFields)) hold(`${field} in ${what}`, text);
      for (const [key] of body.matchAll(keyShape)) hold(`a key in ${what}`, key);
      return body;
    };
    const sent: Uint8Array[] = [];
    watch(request, "push", ([chunk]) => {
      if (chunk instanceof Uint8Array) sent.push(chunk);
      else bodyOf("a request", sent);
    });
    const answered: Uint8Array[] = [];
    const look = (chunk: unknown) => {
      if (typeof chunk === "string") answered.push(Buffer.from(chunk));
      if (chunk instanceof Uint8Array) answered.push(chunk);
      const body = bodyOf("an answer", answered);
      if (response.statusCode >= 400) holdAnswer(body);
    };
    watch(response, "write", ([chunk]) => look(chunk));
    watch(response, "end", ([chunk]) => look(chunk));
  });
}

/** An error's words, without markup, are to be passed over; what stands alone in it and is no name may be anything. */
function holdAnswer(body: string): void {
  for (const text of stringsOf(body).flatMap((part) => part.split(/<[^>]*>/))) {
    if (/\s/.test(text)) holdWords("the words of an error answer", text);
    else if (/\d/.test(text)) hold("a field of an error answer", text);
  }
}
