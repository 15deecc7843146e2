"""The embedded world by mail: SMTP, IMAP and DNS servers and the offices behind them."""
