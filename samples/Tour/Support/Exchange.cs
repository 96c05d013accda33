using System.Net;
using System.Net.Sockets;
using System.Text;
using FramedSockets;
using FramedSockets.Tcp;
using FramedSockets.Udp;

namespace Tour.Support;

/// <summary>A server that sends each frame back, and a frame to it.</summary>
internal static class Exchange
{
    private const string Text = "hello";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Over a connection from each of the addresses; those of IP take the server's port.</summary>
    public static async Task<(EndPoint Server, string Answers)> OverStreamAsync(
        Framing framing, EndPoint listen, EndPoint[] addresses, CancellationToken stop)
    {
        await using var server = new TcpFrameServer<NoHeader>(
            framing.Codec, (connection, frame) => connection.SendAsync(frame.Body), new() { EndPoint = listen });
        await server.StartAsync(stop);
        var answers = new List<string>();
        foreach (var address in addresses)
        {
            var target = address is IPEndPoint ip ? new IPEndPoint(ip.Address, ((IPEndPoint)server.LocalEndPoint!).Port) : address;
            await using var client = await new TcpFrameClient<NoHeader>(framing.Codec).ConnectAsync(target, stop);
            await client.SendTextAsync(Text, stop);
            answers.Add(Answered(await new Answers(client, framing).ReadAsync(Patience, stop), client.LocalEndPoint));
        }

        return (server.LocalEndPoint!, string.Join(", ", answers));
    }

    /// <summary>Over datagrams. A Unix client has to have an address, or it cannot be answered.</summary>
    public static async Task<(EndPoint Server, string Answers)> OverDatagramsAsync(
        Framing framing, EndPoint listen, EndPoint? from, CancellationToken stop)
    {
        await using var server = UdpDatagramEndpoint.Bind(framing.Codec, listen);
        await using var client = UdpDatagramEndpoint.Connect(framing.Codec, server.LocalEndPoint!, from);
        await client.SendAsync(Encoding.UTF8.GetBytes(Text), stop);
        var request = await server.ReceiveAsync(stop);
        await request.ReplyAsync(request.Body, stop);
        return (server.LocalEndPoint!, Answered(await client.ReceiveTextAsync(framing, Patience, stop), client.LocalEndPoint));
    }

    /// <summary>The address of a Unix socket.</summary>
    /// <exception cref="IOException">The path is longer than such an address may be.</exception>
    public static UnixDomainSocketEndPoint UnixEndPoint(string path)
    {
        try
        {
            return new(path);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException($"a path of {path.Length} characters is too long for a socket", e);
        }
    }

    private static string Answered(string? answer, EndPoint? client)
    {
        var name = client?.ToString() is { Length: > 0 } address ? address : "a client without a name";
        return answer == Text ? $"{answer} to {name}" : throw new IOException("no answer came back");
    }
}
