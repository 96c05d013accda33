using System.Text;
using System.Text.Json.Serialization;
using FramedSockets.Codecs;
using FramedSockets.Linux;
using FramedSockets.Tcp;

var codec = new JsonHeaderCodec<Greeting>(ConsumerJson.Default.Greeting, "Length");
var options = new TcpFrameServerOptions();
if (LinuxTransport.IsSupported)
{
    options = options with { Transport = new LinuxTransport() };
}

await using var server = new TcpFrameServer<Greeting>(codec, (connection, frame) =>
    connection.SendAsync(new($"hello {frame.Header.Name}"), frame.Body), options);
await server.StartAsync();

await using var connection = await new TcpFrameClient<Greeting>(codec).ConnectAsync(server.LocalEndPoint!);
await connection.SendAsync(new("package"), "a body"u8.ToArray());
if (!await connection.WaitToReadAsync() || !connection.TryRead(out var answer))
{
    Console.Error.WriteLine("There was no answer.");
    return 1;
}

var line = $"{answer.Header.Name}, {Encoding.UTF8.GetString(answer.Body)}";
Console.WriteLine($".NET {Environment.Version}: {line}");
return line == "hello package, a body" ? 0 : 1;

internal readonly record struct Greeting(string Name, int Length = 0);

[JsonSerializable(typeof(Greeting))]
internal sealed partial class ConsumerJson : JsonSerializerContext;
