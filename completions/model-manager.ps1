# PowerShell completion for model-manager.
# model-manager completion script, stamp 565540bc
# Made by: model-manager completion powershell
#
# Commands, options and choices stand here; models, tasks and providers are what the program says of the current
# directory. What it prints is data: nothing of it is evaluated.

$ModelManagerCommands = [ordered]@{
    'list' = 'List models and task assignments'
    'cost' = 'Compare what a workload costs on each model'
    'info' = 'Show everything about a model, or how a task gets its model'
    'test' = 'Call models and show answer, tokens, cost and latency'
    'assign' = 'Assign models to tasks in .env.local or .env'
    'init' = 'Propose tasks for an application that names models'
    'check' = 'Check tasks, models, keys and budgets without spending tokens'
    'route' = 'Show which model a call would go to, and why'
    'usage' = 'Report recorded calls: costs, tokens, failures, latencies'
    'serve' = 'Serve the management API and the admin page'
    'export' = 'Print tasks and routes for a LiteLLM proxy or a shell'
    'update' = 'Refresh prices and limits from public tables'
    'trust' = 'Allow this project to send API keys to its own URLs'
    'completion' = 'Print or install shell completion'
    'help' = 'Show the help of a command, or of all'
}

# For each command ('' is what stands before one): options, what each takes, the choices, the meaning.
$ModelManagerOptions = @{
    '' = @(
        @('-V', 'flag', @(), 'Show the version and exit')
        @('--version', 'flag', @(), 'Show the version and exit')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'list' = @(
        @('--provider', 'provider', @(), 'Only models of this provider, by any name; repeatable')
        @('--capability', 'choice', @('chat', 'streaming', 'function-calling', 'structured-output', 'reasoning', 'vision', 'audio', 'pdf', 'prompt-caching', 'long-context', 'fast-response'), 'Only models known to have it; repeatable')
        @('--task', 'task', @(), 'Only models that meet this task''s requirements')
        @('--min-context', 'text', @(), 'Minimum context window')
        @('--max-price', 'text', @(), 'Maximum price per million input tokens')
        @('--recommended', 'flag', @(), 'Only recommended models')
        @('--ready', 'flag', @(), 'Only models whose key is set or not needed')
        @('--search', 'text', @(), 'Match all words in id, name or purpose')
        @('--all', 'flag', @(), 'Include older and retired models')
        @('--sort', 'choice', @('catalogue', 'id', 'name', 'provider', 'price', 'output', 'context', 'released'), 'By catalogue, id, name, provider, price, output, context or released; provider,price orders by price within a provider')
        @('--columns', 'text', @(), 'Columns of the table: id,input,context_window and so on')
        @('--csv', 'flag', @(), 'Print comma-separated values with all columns')
        @('--markdown', 'flag', @(), 'Print a Markdown table')
        @('--ids', 'flag', @(), 'Print only ids, one per line')
        @('--scenarios', 'flag', @(), 'Show which model suits which kind of work')
        @('--on', 'text', @(), 'Evaluate as of this date or RFC 3339 time')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'cost' = @(
        @('--tokens', 'text', @(), 'Total tokens, a quarter of them output. Default: 100k')
        @('--input', 'text', @(), 'Input tokens: the whole prompt, cached parts included')
        @('--output', 'text', @(), 'Output tokens')
        @('--cache-read', 'text', @(), 'Input tokens read from the cache')
        @('--cache-write', 'text', @(), 'Input tokens written to the cache')
        @('--cache-write-1h', 'text', @(), 'Those of --cache-write that are kept for an hour')
        @('--cache-write-12h', 'text', @(), 'Those of --cache-write that are kept for 12 hours')
        @('--file', 'file', @(), 'Estimate input tokens from a text; - is stdin')
        @('--requests', 'text', @(), 'Number of requests')
        @('--per', 'choice', @('day', 'month'), 'Period of --requests')
        @('--task', 'task', @(), 'Use the workload of this task''s profile')
        @('--assigned', 'flag', @(), 'Price every task on its model, with a total')
        @('--reference', 'model', @(), 'Model to compare with')
        @('--all', 'flag', @(), 'Include older and retired models')
        @('--on', 'text', @(), 'Evaluate as of this date or RFC 3339 time')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'info' = @(
        @('--on', 'text', @(), 'Evaluate as of this date or RFC 3339 time')
        @('--history', 'flag', @(), 'Show who changed a task''s assignment when')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'test' = @(
        @('-m', 'model', @(), 'Model or route to call; repeatable')
        @('--model', 'model', @(), 'Model or route to call; repeatable')
        @('--task', 'task', @(), 'Call a task along its route, fallbacks included')
        @('--assigned', 'flag', @(), 'Call every task along its route')
        @('--all', 'flag', @(), 'Call every current model whose key is set')
        @('--system', 'text', @(), 'System prompt')
        @('--no-stream', 'flag', @(), 'Disable streaming')
        @('--max-tokens', 'text', @(), 'Maximum output, reasoning included. Default: 4096')
        @('--temperature', 'text', @(), 'Sampling temperature, if the model accepts one')
        @('--reasoning', 'text', @(), 'How hard to think: none, minimal, low, medium, high, …, or tokens')
        @('--option', 'text', @(), 'Any option of the library''s calls, e.g. top_p=0.5; repeatable')
        @('--file', 'text', @(), 'Send a picture, PDF or sound before the prompt; repeatable')
        @('--timeout', 'text', @(), 'Give up after S seconds without data. Default: 120')
        @('--retries', 'text', @(), 'Retry up to N times. Default: 2')
        @('--repeat', 'text', @(), 'Repeat each call N times; show minimum, median and p95')
        @('--concurrency', 'text', @(), 'Calls in parallel. Default: all; 1 with --repeat')
        @('--max-cost', 'text', @(), 'Skip calls that could exceed this total')
        @('--each', 'flag', @(), 'Call every option of the routes by itself')
        @('--probe', 'flag', @(), 'Probe each model''s capabilities with six calls')
        @('--curl', 'flag', @(), 'Print curl commands instead of calling')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'assign' = @(
        @('--new', 'flag', @(), 'Add the task to models.toml, too')
        @('--default', 'route', @(), 'Route for tasks without one of their own')
        @('--unset', 'flag', @(), 'Remove the tasks'' own assignments')
        @('--undo', 'flag', @(), 'Undo the last change, with the tasks of --new')
        @('--dry-run', 'flag', @(), 'Show the diff without writing')
        @('--test', 'flag', @(), 'Call the models first; write only if all answer')
        @('--keep-alias', 'flag', @(), 'Write aliases such as haiku, not the ids they stand for')
        @('--force', 'flag', @(), 'Write even what would be refused')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'init' = @(
        @('-y', 'flag', @(), 'Write the proposed tasks without asking')
        @('--yes', 'flag', @(), 'Write the proposed tasks without asking')
        @('--dry-run', 'flag', @(), 'Show the diff without writing')
        @('--undo', 'flag', @(), 'Undo what init has written')
        @('--on', 'text', @(), 'Evaluate as of this date or RFC 3339 time')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'check' = @(
        @('--days', 'text', @(), 'Warn of retirements and price rises within N days (default 30)')
        @('--on', 'text', @(), 'Evaluate as of this date or RFC 3339 time')
        @('--strict', 'flag', @(), 'Exit 1 on warnings too')
        @('--live', 'flag', @(), 'Compare with the providers'' own lists of models; costs no tokens')
        @('--code', 'directory', @(), 'Find model ids in the source code of DIR; repeatable')
        @('--ignore', 'choice', @('MM101', 'MM102', 'MM103', 'MM104', 'MM105', 'MM201', 'MM202', 'MM203', 'MM204', 'MM205', 'MM206', 'MM207', 'MM208', 'MM209', 'MM301', 'MM302', 'MM303', 'MM304', 'MM305', 'MM311', 'MM312', 'MM313', 'MM314', 'MM315', 'MM401', 'MM402', 'MM403', 'MM404', 'MM501', 'MM502', 'MM503', 'MM504', 'MM505', 'MM601', 'MM602', 'MM603', 'MM604', 'MM701', 'MM702', 'MM703', 'MM704', 'MM705', 'MM706'), 'Leave out a rule, or a family such as MM5; repeatable')
        @('--format', 'choice', @('text', 'json', 'github', 'gitlab', 'junit', 'sarif'), 'text, json, github, gitlab, junit or sarif')
        @('--output', 'text', @(), 'Also write a report to a file; repeatable')
        @('--rules', 'flag', @(), 'List the rules')
        @('--explain', 'choice', @('MM101', 'MM102', 'MM103', 'MM104', 'MM105', 'MM201', 'MM202', 'MM203', 'MM204', 'MM205', 'MM206', 'MM207', 'MM208', 'MM209', 'MM301', 'MM302', 'MM303', 'MM304', 'MM305', 'MM311', 'MM312', 'MM313', 'MM314', 'MM315', 'MM401', 'MM402', 'MM403', 'MM404', 'MM501', 'MM502', 'MM503', 'MM504', 'MM505', 'MM601', 'MM602', 'MM603', 'MM604', 'MM701', 'MM702', 'MM703', 'MM704', 'MM705', 'MM706'), 'Explain a rule, with examples')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'route' = @(
        @('--user', 'text', @(), 'User who makes the call')
        @('--preference', 'text', @(), 'Named route of the task')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'usage' = @(
        @('--by', 'choice', @('task', 'model', 'provider', 'day', 'hour', 'arm', 'error', 'project'), 'Rows by task, model, provider, day, hour, arm, error or project; repeatable. Default: task')
        @('--since', 'text', @(), 'A day, an RFC 3339 time, or 7d. Default: this month')
        @('--until', 'text', @(), 'The end of the report, exclusive')
        @('--timezone', 'text', @(), 'Time zone of the days. Default: the system''s')
        @('--task', 'task', @(), 'Only calls of this task')
        @('--project', 'text', @(), 'Only calls of this project')
        @('--what-if', 'route', @(), 'Price the same calls on another route; repeatable. Without one: rank every model')
        @('--arms', 'task', @(), 'Compare the arms of this task''s split, and say which wins')
        @('--metric', 'choice', @('cost', 'latency', 'failures'), 'The metric of --arms: cost, latency, failures, or a score''s name')
        @('--calls', 'text', @(), 'List the latest N calls')
        @('--csv', 'flag', @(), 'Comma-separated rows')
        @('--line', 'flag', @(), 'One line, for a status bar')
        @('--watch', 'flag', @(), 'Refresh whenever calls are recorded')
        @('--fail-over', 'text', @(), 'Exit 1 if the total of this report exceeds USD, for cron')
        @('--ledger', 'file', @(), 'Add the ledger of another host; repeatable')
        @('--reprice', 'flag', @(), 'Price the calls whose cost was unknown, then report')
        @('--prune', 'flag', @(), 'Remove calls older than 90 days and totals older than 3 years')
        @('--backup', 'file', @(), 'Copy the ledger to a new file')
        @('--path', 'flag', @(), 'Print the path of the ledger')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'serve' = @(
        @('--host', 'text', @(), 'Address to listen on')
        @('--port', 'text', @(), 'Port to listen on; 0 picks a free one')
        @('--allow-host', 'text', @(), 'Additional allowed Host header; repeatable')
        @('--read-only', 'flag', @(), 'Refuse to change assignments')
        @('--max-cost', 'text', @(), 'Maximum cost of live tests per hour. [default: 5]')
        @('--limit', 'text', @(), 'Maximum open connections. [default: 1000]')
        @('--root-path', 'text', @(), 'Path prefix, if a proxy adds one')
        @('--no-access-log', 'flag', @(), 'Disable the access log')
        @('--open', 'flag', @(), 'Open the page in a browser')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'export' = @(
        @('--dialect', 'choice', @('posix', 'fish', 'powershell', 'dotenv'), 'For shell: posix (default), fish, powershell, dotenv')
        @('-o', 'file', @(), 'Write to FILE instead of stdout')
        @('--output', 'file', @(), 'Write to FILE instead of stdout')
        @('--force', 'flag', @(), 'Replace FILE if it exists')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'update' = @(
        @('--source', 'text', @(), 'Mirror of a source; repeatable')
        @('--offline', 'file', @(), 'Read a source from a file, fetch nothing; repeatable')
        @('--only', 'model', @(), 'Compare only this model; repeatable')
        @('--accept', 'model', @(), 'Also write its held or uncertain changes; a model or a source')
        @('-y', 'flag', @(), 'Write without asking')
        @('--yes', 'flag', @(), 'Write without asking')
        @('--check', 'flag', @(), 'Write nothing; exit 1 on differences')
        @('--undo', 'flag', @(), 'Undo the last update')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'trust' = @(
        @('-y', 'flag', @(), 'Trust without asking')
        @('--yes', 'flag', @(), 'Trust without asking')
        @('--list', 'flag', @(), 'List everything that is trusted')
        @('--revoke', 'flag', @(), 'Stop trusting this project, or PROVIDER')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'completion' = @(
        @('--install', 'flag', @(), 'Install the script where the shell finds it')
        @('--all', 'directory', @(), 'Write all scripts, and the man page, into DIR')
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'help' = @(
        @('-C', 'directory', @(), 'Run as if started in DIR')
        @('--directory', 'directory', @(), 'Run as if started in DIR')
        @('--models-file', 'file', @(), 'Catalogue to use instead of any models.toml')
        @('--env-file', 'file', @(), 'Replace .env.local and .env; repeatable, last wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'Disable colours')
        @('--trust', 'flag', @(), 'Allow sending API keys to hosts this project names')
        @('-v', 'flag', @(), 'Log more to stderr; repeatable')
        @('--verbose', 'flag', @(), 'Log more to stderr; repeatable')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
}

$ModelManagerArguments = @{
    'list' = 'none'
    'cost' = 'models'
    'info' = 'model-or-task'
    'test' = 'model-and-prompt'
    'assign' = 'assignments'
    'init' = 'none'
    'check' = 'none'
    'route' = 'task-and-prompt'
    'usage' = 'none'
    'serve' = 'none'
    'export' = 'format'
    'update' = 'none'
    'trust' = 'none'
    'completion' = 'shell'
    'help' = 'command'
}

Register-ArgumentCompleter -Native -CommandName 'model-manager' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $command = ''
    $expecting = $null
    $arguments = @()
    $query = @()
    $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Select-Object -Skip 1 | ForEach-Object { $_.ToString().Trim("'", '"') })
    foreach ($word in $typed) {
        if ($null -ne $expecting) {
            if ($expecting -cin '-C', '--directory') { $query += '-C', $word }
            if ($expecting -cin '--models-file', '--env-file') { $query += $expecting, $word }
            $expecting = $null
        }
        elseif ($word -like '-*') {
            $option = $ModelManagerOptions[$command] | Where-Object { $_[0] -ceq $word } | Select-Object -First 1
            if ($option -and $option[1] -ne 'flag') { $expecting = $word }
        }
        elseif ($command -eq '') { if ($ModelManagerCommands.Contains($word)) { $command = $word } }
        else { $arguments += $word }
    }

    $prefix = ''
    $piece = $wordToComplete
    $kind = 'none'
    $choices = @()
    if ($null -eq $expecting -and $piece -match '^(--[a-z-]+)=(.*)$') {
        $expecting = $Matches[1]
        $prefix = "$expecting="
        $piece = $Matches[2]
    }
    if ($null -ne $expecting) {
        $option = $ModelManagerOptions[$command] | Where-Object { $_[0] -ceq $expecting } | Select-Object -First 1
        if ($option) { $kind = $option[1]; $choices = $option[2] }
    }
    elseif ($piece -like '-*') {
        $ModelManagerOptions[$command] | Where-Object { $_[0].StartsWith($piece) } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterName', $_[3])
        }
        return
    }
    elseif ($command -eq '') {
        $ModelManagerCommands.Keys | Where-Object { $_.StartsWith($piece) } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $ModelManagerCommands[$_])
        }
        return
    }
    else {
        $kind = switch ($ModelManagerArguments[$command]) {
            'models' { 'model' }
            'model-or-task' { if ($arguments.Count -eq 0) { 'any' } }
            'task-and-prompt' { if ($arguments.Count -eq 0) { 'task' } }
            'model-and-prompt' { if ($arguments.Count -eq 0) { 'model' } }
            'assignments' {
                if ($piece -match '^([^=]+=)(.*)$') { $prefix = $Matches[1]; $piece = $Matches[2]; 'route' }
                elseif ($arguments.Count -eq 1 -and $arguments[0] -notlike '*=*') { 'route' }
                else { 'task' }
            }
            'shell' { 'choice'; $choices = 'bash', 'zsh', 'fish', 'powershell' }
            'format' { 'choice'; $choices = 'litellm', 'shell' }
            'command' { 'choice'; $choices = @($ModelManagerCommands.Keys) }
        }
    }

    if ($kind -eq 'route') {
        if ($piece -match '^(.*[,+])([^,+]*)$') { $prefix += $Matches[1]; $piece = $Matches[2] }
        if ($piece -match '^([0-9]+:)(.*)$') { $prefix += $Matches[1]; $piece = $Matches[2] }
        $kind = 'model'
    }
    $found = @()
    if ($kind -eq 'choice') { $found = @($choices | ForEach-Object { , @($_, $_) }) }
    elseif ($kind -in 'model', 'task', 'provider', 'any') {
        $program = (Get-Command 'model-manager' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1).Source
        if (-not $program) { return }
        $found = @(& $program __words "${kind}:$piece" @query 2>$null | ForEach-Object { , $_.Split("`t", 2) })
    }
    $found | Where-Object { $_ -and $_[0].StartsWith($piece) } | ForEach-Object {
        $meaning = if ($_[1]) { $_[1] } else { $_[0] }
        [System.Management.Automation.CompletionResult]::new("$prefix$($_[0])", $_[0], 'ParameterValue', $meaning)
    }
}
