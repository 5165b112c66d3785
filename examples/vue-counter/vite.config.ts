import vue from "@vitejs/plugin-vue";
import devServer from "dev-server-client/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [vue(), devServer()] });
