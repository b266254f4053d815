// A whole adapter without Kafka and without a dependency: says somebody's words in Deskstream by
// the generic webhook, and takes the answers as signed posts (Standard Webhooks, both ways).
//
// node webhook_adapter.mjs INGEST TENANT ACCOUNT SECRET PORT TEXT: says TEXT, prints the first
// answer, ends. ACCOUNT is a channel account of kind webhook with the secret `signing-secret`
// (whsec_… in base64) and "settings": {"api_base": "http://<this host>:PORT"}.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const [ingest, tenant, account, secret, port, text] = process.argv.slice(2);
const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");

function sign(id, stamp, body) {
  return "v1," + createHmac("sha256", key).update(`${id}.${stamp}.${body}`).digest("base64");
}

function isSigned(headers, body) {
  const stamp = headers["webhook-timestamp"] ?? "";
  const right = Buffer.from(sign(headers["webhook-id"], stamp, body));
  const isNew = Math.abs(Date.now() / 1000 - Number(stamp)) < 300;
  return isNew && (headers["webhook-signature"] ?? "").split(" ").some((given) => {
    const one = Buffer.from(given);
    return one.length === right.length && timingSafeEqual(one, right);
  });
}

// Says something; `id` is yours, and the same again is the same message.
async function say(thread, id, words) {
  const message = { id, thread, author: { id: thread, name: "Ana" }, text: words };
  const body = JSON.stringify({ messages: [message] });
  const stamp = String(Math.floor(Date.now() / 1000));
  const answer = await fetch(`${ingest}/v1/webhooks/${tenant}/${account}`, {
    method: "POST",
    headers: {
      "content-type": "application/json", "webhook-id": id, "webhook-timestamp": stamp,
      "webhook-signature": sign(id, stamp, body),
    },
    body,
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

const shown = new Set(); // A real adapter keeps it: an answer may come again, under the same id.

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  const answer = JSON.parse(body);
  if (!shown.has(answer.id)) console.log(answer.text);
  shown.add(answer.id);
  // 2xx says that the customer has it: Deskstream announces delivery.sent.
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: answer.id }), () => server.close());
});

server.listen(Number(port), "127.0.0.1", () => say(`visitor-${randomUUID()}`, randomUUID(), text));
