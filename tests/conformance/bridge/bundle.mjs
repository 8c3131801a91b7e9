// A module of this folder and what it imports, among it the package's TypeScript, as one text.
import { fileURLToPath } from "node:url";

export async function bundle(esbuild, name) {
  const entry = fileURLToPath(new URL(name, import.meta.url));
  const options = { bundle: true, format: "esm", target: "es2022", write: false };
  const { outputFiles } = await esbuild.build({ entryPoints: [entry], ...options });
  return outputFiles[0].text;
}
