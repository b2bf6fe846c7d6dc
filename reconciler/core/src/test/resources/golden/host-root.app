{run: {command: [/usr/bin/app, --level, "50%", "a b", "$HOME;"], environment: {LOG_LEVEL: info, GREETING: "say \"hi\" 100%"}, workingDirectory: /usr/share}}
