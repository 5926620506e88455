#!/usr/bin/env escript
%% Echo with gen_tcp: a process for each client.
main([Host, Port]) ->
    {ok, Address} = inet:parse_address(Host),
    {ok, Listener} = gen_tcp:listen(list_to_integer(Port),
        [binary, {ip, Address}, {active, false}, {reuseaddr, true}, {packet, raw}]),
    accept(Listener).

accept(Listener) ->
    {ok, Client} = gen_tcp:accept(Listener),
    Pid = spawn(fun() -> receive go -> echo(Client) end end),
    ok = gen_tcp:controlling_process(Client, Pid),
    Pid ! go,
    accept(Listener).

echo(Client) ->
    case gen_tcp:recv(Client, 0) of
        {ok, Data} -> gen_tcp:send(Client, Data), echo(Client);
        {error, _} -> gen_tcp:close(Client)
    end.
