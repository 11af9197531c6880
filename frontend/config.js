/*
 * What an operator may edit without building anything. The server hands this file out as it is and uncached; a
 * config.js in the data folder is used instead of this one. Limits the server tells on connecting rule over these.
 */

/* '' when the server itself serves the page. On another origin: the server's, for example 'http://192.168.1.24:5000';
   that server must then list the page's origin in CHATAPP_CORS_ORIGINS. */
window.SERVER_URL = '';

/* Passed on to the Socket.IO client. */
window.SOCKET_OPTIONS = {};

window.APP_SETTINGS = {
  MAX_MESSAGE_LENGTH: 4000, /* code points */
  TYPING_TIMEOUT: 3000, /* milliseconds */
  AUTO_SCROLL_THRESHOLD: 100, /* pixels from the bottom within which new messages scroll into view */
};

window.UI_SETTINGS = {
  SHOW_TIMESTAMPS: true,
  SHOW_CONNECTION_STATUS: true,
  SHOW_TYPING_INDICATOR: true,
};
