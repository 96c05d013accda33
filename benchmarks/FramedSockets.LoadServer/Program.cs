using System.Globalization;
using System.Runtime.InteropServices;
using FramedSockets;
using FramedSockets.Codecs;
using FramedSockets.LoadServer;

LoadOptions options;
try
{
    options = LoadOptions.Parse(args);
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}{Environment.NewLine}{LoadOptions.Usage}");
    return 2;
}

var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var asked = options.Report ? PosixSignalRegistration.Create((PosixSignal)10, Report) : null;

await (options.Framing == "json"
    ? ServeAsync(new JsonHeaderCodec<EchoHeader>(EchoJsonContext.Default.EchoHeader, "size"))
    : ServeAsync(new LengthPrefixCodec()));
return 0;

async Task ServeAsync<THeader>(IHeaderCodec<THeader> codec)
{
    await using var server = EchoServer.Create(codec, options);
    await server.StartAsync();
    Console.WriteLine($"listening on {server.LocalEndPoint}");
    await stop.Task;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.TrySetResult();
}

// SIGUSR1, by its number on Linux. The load generator sends it at both ends of what it measures.
static void Report(PosixSignalContext context)
{
    context.Cancel = true;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"allocated {GC.GetTotalAllocatedBytes(precise: true)}"));
}
