//! Another device: a browser without the token that is let in by a code, over TLS, and lives like any other.

import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";

const harness = new Harness();

const address = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test.skipIf(address === undefined)(
  "a device is paired over TLS and brought up to date",
  async () => {
    const project = harness.fixture("small");
    const flags = ["--host", "0.0.0.0", "--tls"];
    const server = await harness.serve(project, { compiler: "go", flags });
    const offer = await server.log.waitFor("pairing");
    const base = `https://${address}:${server.port}`;
    const context = await harness.browser.newContext({ ignoreHTTPSErrors: true });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      const sockets: string[] = [];
      page.on("websocket", (socket) => sockets.push(socket.url()));
      const refused = await page.goto(`${base}/`);
      expect(refused?.status()).toBe(401);
      await page.getByRole("link", { name: "pair this device" }).click();
      await page.getByLabel("Code").fill("0000-0000");
      await page.getByRole("button").click();
      await page.getByText("This code is wrong").waitFor();
      await page.getByLabel("Code").fill(offer.code.toLowerCase().replace("-", " "));
      await page.getByLabel("Name").fill("tablet");
      await page.getByRole("button").click();
      await page.locator("h1", { hasText: "Hello!" }).waitFor();
      expect(new URL(page.url()).origin).toBe(base);

      const [cookie, ...others] = await context.cookies();
      expect(others).toEqual([]);
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: "Strict" });
      expect(cookie?.name).toMatch(/^__Host-dev-server-/);
      expect(cookie?.value).not.toBe(server.token);

      const words = fresh("Far away");
      project.write("main.go", project.edited("main.go", '"Hello"', JSON.stringify(words)));
      await page.locator("h1", { hasText: words }).waitFor();
      // Over HTTP/3, as on every other machine whose page is secure.
      expect(sockets).toEqual([]);
      // The code is used up.
      const other = await harness.browser.newContext({ ignoreHTTPSErrors: true });
      const again = await other.request.post(`${base}/__dev/pair`, { form: { code: offer.code } });
      expect(again.status()).toBe(403);
      await other.close();
    } finally {
      await context.close();
    }
  },
  240_000,
);
