using System.Buffers;
using System.CommandLine;
using System.Net;
using System.Text;
using FramedSockets;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Transport;
using Tour.Support;

namespace Tour;

/// <summary><c>tour sticky</c>: two sends, and what arrives of them.</summary>
internal static class Sticky
{
    private static readonly string[] Texts = ["Hello", "World"];

    public static Command Create() => Cli.Other(
        new("sticky", "Two sends that arrive as one with raw, and as two with each framing. Lesson: TCP carries bytes, not messages.") { Options.Framing },
        (arguments, stop) => RunAsync(arguments.GetValue(Options.Framing) is { } one ? [one] : Framing.All, stop),
        _ => "cannot talk over the loopback");

    private static async Task RunAsync(IEnumerable<Framing> framings, CancellationToken stop)
    {
        foreach (var framing in framings)
        {
            await using var listener = await SocketTransport.Default.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0), stop);
            await using var client = await new TcpFrameClient<NoHeader>(framing.Codec).ConnectAsync(listener.EndPoint, stop);
            await using var server = (await listener.AcceptAsync(stop))!;
            foreach (var text in Texts)
            {
                await client.SendTextAsync(text, stop);
            }

            await client.CompleteOutputAsync(stop);

            // A busy server reads late: by then, both sends are there.
            var wire = await server.Input.ReadAtLeastAsync(int.MaxValue, stop);
            Console.WriteLine($"{framing.Name}: {Texts.Length} sends, {wire.Buffer.Length} bytes on the wire");
            Console.WriteLine(Drawing.Of(wire.Buffer.ToArray()));
            server.Input.AdvanceTo(wire.Buffer.Start);

            var count = 0;
            await foreach (var frame in new FrameReader<NoHeader>(server.Input, framing.Codec).ReadAllAsync(stop))
            {
                Console.WriteLine($"  frame {++count} of {frame.BodyLength} bytes: {Encoding.UTF8.GetString(frame.Body)}");
            }

            Console.WriteLine();
        }
    }
}
