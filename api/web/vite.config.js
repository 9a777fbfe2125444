import { copyFileSync, mkdirSync } from "node:fs";
import { defineConfig } from "vite";
import { catalogues } from "./catalogues.js";

// The map file that `standplaats map` writes carries Leaflet inside; it takes it from here.
const leaflet = {
  name: "leaflet-for-map-files",
  closeBundle() {
    mkdirSync("../static/leaflet", { recursive: true });
    for (const file of ["leaflet.js", "leaflet.css"]) {
      copyFileSync(`node_modules/leaflet/dist/${file}`, `../static/leaflet/${file}`);
    }
  },
};

const PAGES = ["index", "belgium", "rules", "sources", "files", "method", "help", "accessibility"];

export default defineConfig({
  // A proxy may show the page under a path of its own.
  base: "./",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 2000,
    // A page each, so that only pages with a map load the map's library.
    rolldownOptions: { input: PAGES.map((page) => `${page}.html`) },
  },
  plugins: [catalogues, leaflet],
});
