import vue from "@vitejs/plugin-vue";
import devServer from "dev-server-client/vite";

export default { plugins: [vue(), devServer(JSON.parse(process.env.PLUGIN_OPTIONS ?? "{}"))] };
