using System.Text;
using System.Text.Json.Serialization;
using FramedSockets;
using FramedSockets.Codecs;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Testing;
using FramedSockets.Transport;

var codec = new JsonHeaderCodec<Greeting>(ConsumerJson.Default.Greeting, "Length");
var sockets = await AskAsync(LinuxTransport.IsSupported ? new LinuxTransport() : SocketTransport.Default);
var memory = await AskAsync(new MemoryTransport());
Console.WriteLine($".NET {Environment.Version}: {sockets}; in memory: {memory}");
return sockets == "hello package, a body" && memory == sockets ? 0 : 1;

async Task<string> AskAsync(IFrameTransport transport)
{
    await using var server = new TcpFrameServer<Greeting>(
        codec,
        (connection, frame) => connection.SendAsync(new($"hello {frame.Header.Name}"), frame.Body),
        new() { Transport = transport });
    await server.StartAsync();

    var client = new TcpFrameClient<Greeting>(codec, new() { Transport = transport });
    await using var connection = await client.ConnectAsync(server.LocalEndPoint!);
    await connection.SendAsync(new("package"), "a body"u8.ToArray());
    var answer = await connection.ReadAsync();
    return $"{answer.Header.Name}, {Encoding.UTF8.GetString(answer.Body)}";
}

internal readonly record struct Greeting(string Name, int Length = 0);

[JsonSerializable(typeof(Greeting))]
internal sealed partial class ConsumerJson : JsonSerializerContext;
