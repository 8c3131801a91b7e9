// Has the page fetch, with its first script, the chunks that this script is sure to ask for.

export function early(names) {
  return {
    name: "early",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle, filename }) {
        if (!bundle || !filename.endsWith("index.html")) return [];
        const chunks = Object.values(bundle).filter((chunk) => names.includes(chunk.name));
        return chunks.map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `./${fileName}` },
          injectTo: "head",
        }));
      },
    },
  };
}
