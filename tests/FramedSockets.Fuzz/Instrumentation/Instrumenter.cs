using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Oracles;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace FramedSockets.Fuzz.Instrumentation;

/// <summary>
/// Rewrites a copy of the library so that every edge of its control flow counts itself, and the shared pool is one that
/// complains. Only the rooms that the targets reach are rewritten.
/// </summary>
internal sealed class Instrumenter
{
    private static readonly string[] Rooms = ["FramedSockets", "FramedSockets.Codecs", "FramedSockets.Framing"];
    private readonly ModuleDefinition _module;
    private readonly MethodReference _hit;
    private readonly MethodReference _shared;

    private Instrumenter(ModuleDefinition module)
    {
        _module = module;
        _hit = module.ImportReference(typeof(Coverage).GetMethod(nameof(Coverage.Hit)));
        _shared = module.ImportReference(typeof(PoisonPool).GetProperty(nameof(PoisonPool.Current))!.GetMethod);
    }

    /// <summary>The edges so far.</summary>
    private int Edges { get; set; }

    /// <summary>Rewrites an assembly.</summary>
    /// <param name="path">The library.</param>
    /// <param name="plant">Changes it before that.</param>
    /// <returns>The copy, and the number of its edges.</returns>
    public static (byte[] Assembly, int Edges) Rewrite(string path, Action<ModuleDefinition>? plant)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(path));
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        using var module = ModuleDefinition.ReadModule(path, new ReaderParameters { AssemblyResolver = resolver });
        plant?.Invoke(module);
        var instrumenter = new Instrumenter(module);
        foreach (var method in module.GetTypes().Where(IsInARoom).SelectMany(type => type.Methods).Where(IsWritten))
        {
            instrumenter.Rewrite(method);
        }

        using var copy = new MemoryStream();
        module.Write(copy);
        return (copy.ToArray(), instrumenter.Edges);
    }

    private static bool IsInARoom(TypeDefinition type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return Rooms.Contains(type.Namespace);
    }

    /// <summary>Whether somebody wrote it: members that the compiler makes of a record or a property are nobody's bugs.</summary>
    private static bool IsWritten(MethodDefinition method) =>
        method.HasBody && method.CustomAttributes.All(attribute => attribute.AttributeType.Name != "CompilerGeneratedAttribute");

    private void Rewrite(MethodDefinition method)
    {
        var body = method.Body;
        body.SimplifyMacros();
        var il = body.GetILProcessor();
        foreach (var instruction in body.Instructions.ToArray())
        {
            if (instruction.Operand is MethodReference { Name: "get_Shared", DeclaringType.FullName: "System.Buffers.ArrayPool`1<System.Byte>" })
            {
                instruction.Operand = _shared;
            }

            if (instruction.OpCode == OpCodes.Switch)
            {
                CountSwitch(il, instruction);
            }
            else if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch)
            {
                CountBranch(il, instruction);
            }
        }

        foreach (var start in body.ExceptionHandlers.Select(handler => handler.HandlerStart))
        {
            CountAfter(il, start);
        }

        var first = body.Instructions[0];
        il.InsertBefore(first, il.Create(OpCodes.Ldc_I4, Edges++));
        il.InsertBefore(first, il.Create(OpCodes.Call, _hit));
        body.OptimizeMacros();
    }

    /// <summary>Puts a counter on both ways out of a branch: what goes on, and what jumps by a detour.</summary>
    private void CountBranch(ILProcessor il, Instruction branch)
    {
        var end = Behind(il, branch);
        var last = CountAfter(il, branch);
        last = Insert(il, last, il.Create(OpCodes.Br, end));
        branch.Operand = Detour(il, ref last, (Instruction)branch.Operand);
    }

    private void CountSwitch(ILProcessor il, Instruction choice)
    {
        var end = Behind(il, choice);
        var last = CountAfter(il, choice);
        last = Insert(il, last, il.Create(OpCodes.Br, end));
        var targets = (Instruction[])choice.Operand;
        choice.Operand = Array.ConvertAll(targets, target => Detour(il, ref last, target));
    }

    private Instruction Detour(ILProcessor il, ref Instruction last, Instruction target)
    {
        var detour = il.Create(OpCodes.Ldc_I4, Edges++);
        last = Insert(il, last, detour);
        last = Insert(il, last, il.Create(OpCodes.Call, _hit));
        last = Insert(il, last, il.Create(OpCodes.Br, target));
        return detour;
    }

    private Instruction CountAfter(ILProcessor il, Instruction instruction)
    {
        var last = Insert(il, instruction, il.Create(OpCodes.Ldc_I4, Edges++));
        return Insert(il, last, il.Create(OpCodes.Call, _hit));
    }

    /// <summary>A place to go on behind an instruction that stays where it is.</summary>
    private static Instruction Behind(ILProcessor il, Instruction instruction)
    {
        var end = il.Create(OpCodes.Nop);
        _ = Insert(il, instruction, end);
        return end;
    }

    private static Instruction Insert(ILProcessor il, Instruction after, Instruction instruction)
    {
        il.InsertAfter(after, instruction);
        return instruction;
    }
}
