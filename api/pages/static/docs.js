// The API's page at /docs; swagger-ui-bundle.js is loaded before this.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
});
