// Checks the package as npm would publish it, with publint and with attw; needs `dist/`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dev-server-package-"));
try {
  const run = (program, ...words) => execFileSync(program, words, { cwd: root, stdio: "inherit" });
  const tool = (name) => join(root, "node_modules/.bin", name);
  run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder);
  const { name, version } = (await import("../package.json", { with: { type: "json" } })).default;
  const tarball = join(folder, `${name}-${version}.tgz`);
  // Both licences ask for their text wherever a copy goes.
  run("tar", "-tzf", tarball, "package/LICENSE-MIT", "package/LICENSE-APACHE");
  run(tool("publint"), tarball, "--strict");
  // There is no CommonJS to resolve: the package is ESM only.
  run(tool("attw"), tarball, "--profile", "esm-only", "--no-emoji");
} catch {
  // What was wrong has been printed by the tool that found it.
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
