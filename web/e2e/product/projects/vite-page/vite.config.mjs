import devServer from "dev-server-client/vite";

export default {
  logLevel: "info",
  plugins: [devServer(JSON.parse(process.env.PLUGIN_OPTIONS ?? "{}"))],
};
