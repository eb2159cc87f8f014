package plans

import (
	"iter"
	"maps"
	"reflect"
	"slices"

	"onekeyd/dispatch"
)

// Each yields every plan once: the default without areas, and then those of
// areas in order of their first code, each with all codes it is for.
func Each(p dispatch.Plans) iter.Seq2[[]string, dispatch.Plan] {
	return func(yield func([]string, dispatch.Plan) bool) {
		if !yield(nil, p.Default) {
			return
		}
		codes := slices.Sorted(maps.Keys(p.Areas))
		for n, code := range codes {
			same := func(other string) bool {
				return p.Areas[code].Name == p.Areas[other].Name && reflect.DeepEqual(p.Areas[code], p.Areas[other])
			}
			if slices.ContainsFunc(codes[:n], same) {
				continue
			}
			var areas []string
			for _, other := range codes[n:] {
				if same(other) {
					areas = append(areas, other)
				}
			}
			if !yield(areas, p.Areas[code]) {
				return
			}
		}
	}
}

// Uncovered says at which hours nobody of a role that a plan calls could be
// told, in the words of [dispatch.Plan.Uncovered], for every plan.
func Uncovered(p dispatch.Plans) []string {
	var out []string
	for _, plan := range Each(p) {
		out = append(out, plan.Uncovered()...)
	}
	return out
}

// WithOnCall is p with these people on call in every plan, beside whom a plan names itself.
func WithOnCall(p dispatch.Plans, people []dispatch.OnCall) dispatch.Plans {
	with := func(plan dispatch.Plan) dispatch.Plan {
		plan.OnCall = slices.Clip(plan.OnCall)
		for _, o := range people {
			named := func(other dispatch.OnCall) bool {
				return other.Role == o.Role && other.Phone == o.Phone && other.From == other.To
			}
			if !slices.ContainsFunc(plan.OnCall, named) { // nobody is called twice for being written down twice
				plan.OnCall = append(plan.OnCall, o)
			}
		}
		return plan
	}
	areas := map[string]dispatch.Plan{}
	for code, plan := range p.Areas {
		areas[code] = with(plan)
	}
	p.Default, p.Areas = with(p.Default), areas
	return p
}
