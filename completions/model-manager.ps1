# PowerShell completion for model-manager.
# model-manager completion script, stamp 1d8daa74
# Made by: model-manager completion powershell
#
# The static part stands here; models, tasks and providers are what the program says of the current directory. They are
# data: nothing of them is evaluated.

$ModelManagerCommands = [ordered]@{
    'list' = 'The models, each task''s model and where it comes from, and what is wrong'
    'cost' = 'What a workload costs on each model, the cheapest first'
    'info' = 'Everything about one model; or which model a task has, why, and what that hides'
    'test' = 'Call models and see what comes back: the answer, tokens, cost, latency, time to first token'
    'assign' = 'Give tasks their models: one line of .env.local if there is one, else of .env'
    'route' = 'Which model a call would go to, and why; nothing is called'
    'serve' = 'The management API and the admin page, until Ctrl-C'
    'completion' = 'Complete commands, options, models and tasks by TAB: print a shell''s script, or install it'
}

# For each command ('' is what stands before one): options, what each takes, the choices, the meaning.
$ModelManagerOptions = @{
    '' = @(
        @('--version', 'flag', @(), 'Print the version')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'list' = @(
        @('--provider', 'provider', @(), 'Models of this provider')
        @('--capability', 'choice', @('chat', 'streaming', 'function-calling', 'structured-output', 'reasoning', 'vision', 'audio', 'pdf', 'prompt-caching', 'long-context', 'fast-response'), 'Models known to have it; repeatable, all must hold')
        @('--task', 'task', @(), 'Models that meet what a task requires')
        @('--min-context', 'text', @(), 'At least this context window')
        @('--max-price', 'text', @(), 'At most this much per million input tokens')
        @('--recommended', 'flag', @(), 'Recommended models')
        @('--ready', 'flag', @(), 'Models whose key is set, or that need none')
        @('--search', 'text', @(), 'All words in id, name or purpose')
        @('--all', 'flag', @(), 'Retired models too')
        @('--sort', 'choice', @('catalogue', 'id', 'name', 'provider', 'price', 'output', 'context', 'released'), 'catalogue, id, name, provider, price, output, context or released')
        @('--ids', 'flag', @(), 'Only ids, one a line')
        @('--scenarios', 'flag', @(), 'Which model for which kind of work')
        @('--on', 'text', @(), 'As of this day (or RFC 3339 moment)')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'cost' = @(
        @('--tokens', 'text', @(), 'Total tokens, a quarter of them output. Default: 100k')
        @('--input', 'text', @(), 'Input tokens: the whole prompt, cached parts included')
        @('--output', 'text', @(), 'Output tokens')
        @('--cache-read', 'text', @(), 'Input tokens read from a cache')
        @('--cache-write', 'text', @(), 'Input tokens written to a cache')
        @('--file', 'file', @(), 'Estimate the input from a text; - is stdin')
        @('--requests', 'text', @(), 'Number of requests')
        @('--per', 'choice', @('day', 'month'), 'What the requests are per')
        @('--task', 'task', @(), 'The workload of a task''s profile')
        @('--assigned', 'flag', @(), 'Every task on its model, with a total')
        @('--reference', 'model', @(), 'What to compare with')
        @('--all', 'flag', @(), 'Retired models too')
        @('--on', 'text', @(), 'As of this day (or RFC 3339 moment)')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'info' = @(
        @('--on', 'text', @(), 'As of this day (or RFC 3339 moment)')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'test' = @(
        @('-m', 'model', @(), 'Repeatable')
        @('--model', 'model', @(), 'Repeatable')
        @('--task', 'task', @(), 'The model of this task')
        @('--assigned', 'flag', @(), 'The models of all tasks')
        @('--all', 'flag', @(), 'Every current model whose key is set')
        @('--system', 'text', @(), 'A system prompt')
        @('--no-stream', 'flag', @(), 'Ask for the answer in one piece')
        @('--max-tokens', 'text', @(), 'Most output tokens, hidden ones included. Default: 4096')
        @('--temperature', 'text', @(), 'Sent only if given, and if the model takes it')
        @('--timeout', 'text', @(), 'Seconds of silence to bear. Default: 120')
        @('--retries', 'text', @(), 'Default: 2')
        @('--repeat', 'text', @(), 'Calls a model; shows minimum, median and p95')
        @('--concurrency', 'text', @(), 'Calls at a time. Default: all; 1 with --repeat')
        @('--max-cost', 'text', @(), 'Make no call that could bring the sum above this')
        @('--probe', 'flag', @(), 'Find out by six small calls what each model can do')
        @('--curl', 'flag', @(), 'Print the requests as curl commands; send nothing')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'assign' = @(
        @('--default', 'route', @(), 'For every task that has none of its own')
        @('--unset', 'flag', @(), 'Remove the tasks'' own values')
        @('--undo', 'flag', @(), 'Take the last change of the file back')
        @('--dry-run', 'flag', @(), 'Show the diff; write nothing')
        @('--test', 'flag', @(), 'Write only if the live test passes')
        @('--force', 'flag', @(), 'Write what would be refused')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'route' = @(
        @('--user', 'text', @(), 'Whose call it is')
        @('--preference', 'text', @(), 'A named route of the task')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'serve' = @(
        @('--host', 'text', @(), 'Where to listen')
        @('--port', 'text', @(), '0: any that is free')
        @('--allow-host', 'text', @(), 'A name that the server goes by; repeatable')
        @('--read-only', 'flag', @(), 'Change no assignment')
        @('--max-cost', 'text', @(), 'What live tests may cost in an hour; 0: none. [default: 5]')
        @('--limit', 'text', @(), 'Connections that may be open at once. [default: 1000]')
        @('--root-path', 'text', @(), 'The path below which a proxy shows the server')
        @('--no-access-log', 'flag', @(), 'No line for each request')
        @('--open', 'flag', @(), 'Show the page in a browser')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
        @('-h', 'flag', @(), 'Show this message and exit')
        @('--help', 'flag', @(), 'Show this message and exit')
    )
    'completion' = @(
        @('--install', 'flag', @(), 'Put it where the shell finds it')
        @('--all', 'directory', @(), 'Write all shells'' scripts into a directory')
        @('-C', 'directory', @(), 'Work as if started in DIR')
        @('--directory', 'directory', @(), 'Work as if started in DIR')
        @('--models-file', 'file', @(), 'A catalogue instead of your own and the project''s models.toml')
        @('--env-file', 'file', @(), 'Instead of .env.local and .env; repeatable, the last one wins')
        @('--json', 'flag', @(), 'Print one JSON object')
        @('--no-color', 'flag', @(), 'No colours')
        @('--trust', 'flag', @(), 'Let this project''s hosts have your keys')
        @('-v', 'flag', @(), 'Say more on stderr')
        @('--verbose', 'flag', @(), 'Say more on stderr')
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
    'route' = 'task-and-prompt'
    'serve' = 'none'
    'completion' = 'shell'
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
        }
    }

    if ($kind -eq 'route') {
        if ($piece -match '^(.*[,+])([^,+]*)$') { $prefix += $Matches[1]; $piece = $Matches[2] }
        if ($piece -match '^([0-9]+:)(.*)$') { $prefix += $Matches[1]; $piece = $Matches[2] }
        $kind = 'model'
    }
    $found = @()
    if ($kind -eq 'choice') { $found = $choices | ForEach-Object { , @($_, $_) } }
    elseif ($kind -in 'model', 'task', 'provider', 'any') {
        $program = (Get-Command 'model-manager' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1).Source
        if (-not $program) { return }
        $lines = @(& $program __words $program @query 2>$null)
        if ($lines.Count -lt 10 -or $lines[0] -ne 'model-manager words 1' -or $lines[-1] -ne 'end') { return }
        $first = 9 + [int]$lines[7]
        $counts = $lines[$first - 1].Split(' ') | ForEach-Object { [int]$_ }
        $from, $count = switch ($kind) {
            'model' { $first; $counts[0] }
            'any' { $first; $counts[0] + $counts[1] }
            'task' { $first + $counts[0]; $counts[1] }
            'provider' { $first + $counts[0] + $counts[1]; $counts[2] }
        }
        if ($count -gt 0) { $found = $lines[$from..($from + $count - 1)] | ForEach-Object { , $_.Split("`t", 2) } }
    }
    $found | Where-Object { $_ -and $_[0].StartsWith($piece) } | ForEach-Object {
        $meaning = if ($_[1]) { $_[1] } else { $_[0] }
        [System.Management.Automation.CompletionResult]::new("$prefix$($_[0])", $_[0], 'ParameterValue', $meaning)
    }
}
